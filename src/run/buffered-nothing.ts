import { type BufferStatus } from '../pipeline/monitor.js'
import { type Pod } from '../testbed/contract.js'

/** How Fluentd names the file of a chunk, staged (b) or queued (q), and its metadata. */
const chunkFile = /\.[bq][0-9a-f]{32}\b/

/**
 * Whether the bytes that Fluentd reports are of no chunk at all. When it fails to remove a chunk that it has sent (its
 * file is gone: somebody else works on the same volume), it forgets the chunk and goes on counting its bytes, for ever.
 * A chunk in a file buffer is staged, queued or being flushed, and as long as it lives its file is open, even one that
 * was deleted; so where no chunk waits and no process has such a file open, nothing is left that could move.
 */
export async function countsBytesOfNothing(
  pod: Pod,
  { memoryBytes, waitingChunks }: BufferStatus,
): Promise<boolean> {
  if (memoryBytes > 0 || waitingChunks !== 0) return false
  const open = await pod.openFiles()
  return open !== null && !open.some((file) => chunkFile.test(file))
}
