import { logText, type Condition } from '../scenario/condition.js'
import { type PodTarget } from '../scenario/target.js'
import { attachmentActions } from './cluster/attachment.js'
import { containerdActions } from './cluster/containerd.js'
import { nodeDiskActions } from './cluster/disk.js'
import { drainActions } from './cluster/drain.js'
import { fenceActions } from './cluster/fence.js'
import { imageActions } from './cluster/image.js'
import { k0sActions } from './cluster/k0s-worker.js'
import { kubeletActions } from './cluster/kubelet.js'
import { nodeNetworkActions } from './cluster/node-network.js'
import { outOfServiceActions } from './cluster/out-of-service.js'
import { powerActions } from './cluster/power.js'
import { programActions } from './cluster/program-killed.js'
import { aggregatorRollout } from './cluster/rollout.js'
import { taintActions } from './cluster/taint.js'
import { crashWorkerActions } from './crash-worker.js'
import { aggregatorRecreation, deletionActions, forwarderRecreation } from './deletion.js'
import { fillDiskActions } from './fill-disk.js'
import { hideLogLinksActions } from './hide-log-links.js'
import { killActions } from './kill.js'
import { moveLogsActions } from './move-logs.js'
import { pauseActions } from './pause.js'
import { removeRotatedLogsActions } from './remove-rotated-logs.js'
import { repointLogLinksActions } from './repoint-log-links.js'
import { rotateLogsActions } from './rotate-logs.js'
import { secondWriterActions } from './second-writer.js'
import { signalActions } from './signal.js'
import { stopActions } from './stop.js'
import { stopAppsActions } from './stop-apps.js'
import { strayLinesActions } from './stray-lines.js'
import { truncateLogsActions } from './truncate-logs.js'
import { wipeActions } from './wipe.js'

const pod = (target: PodTarget) => ({
  ...killActions(target),
  ...stopActions(target),
  ...deletionActions(target),
  ...crashWorkerActions(target),
  ...pauseActions(target),
  ...signalActions(target),
  ...fillDiskActions(target),
  /** A condition: lines, or more than so many bytes, are in its output buffer. */
  buffered: ({ moreThanBytes = 0 }: { readonly moreThanBytes?: number } = {}): Condition => ({
    on: 'buffered',
    target,
    moreThanBytes,
  }),
  /** Conditions on its container; a restart of a worker by Fluentd's supervisor is none of the container. */
  running: (): Condition => ({ on: 'container', target, is: 'running' }),
  down: (): Condition => ({ on: 'container', target, is: 'down' }),
  restarted: (times = 1): Condition => ({ on: 'restarted', target, times }),
  /** A condition: Kubernetes has an event of this reason about its pod, such as FailedAttachVolume. On clusters. */
  hasEvent: (reason: string): Condition => ({ on: 'event', target, reason }),
  /** A condition: so many lines of Fluentd's own log, since its pod was created, have this text or match. */
  logged: (text: string | RegExp, { times = 1 }: { readonly times?: number } = {}): Condition => ({
    on: 'log',
    target,
    text: logText(text),
    times,
  }),
})

/** The forwarder on a node. */
export const forwarder = (name: string) => {
  const target = { role: 'forwarder', node: name } as const
  return { ...pod(target), ...forwarderRecreation(target) }
}
export const aggregator = {
  ...pod({ role: 'aggregator' }),
  ...aggregatorRecreation({ role: 'aggregator' }),
  ...secondWriterActions,
  ...aggregatorRollout,
  ...attachmentActions,
  /** A condition: it has more in its buffer than the requests that the collector holds. */
  bufferedBeyondHeld: (): Condition => ({ on: 'buffered-beyond-held' }),
}
/** The applications of a node, all of them, and their container logs. */
export const app = (name: string) => ({
  ...rotateLogsActions(name),
  ...truncateLogsActions(name),
  ...moveLogsActions(name),
  ...removeRotatedLogsActions(name),
  ...repointLogLinksActions(name),
  ...hideLogLinksActions(name),
  ...strayLinesActions(name),
  ...stopAppsActions(name),
  ...pauseActions({ role: 'app', node: name }),
})
/** A node itself. */
export const node = (name: string) => ({
  ...wipeActions(name),
  ...kubeletActions(name),
  ...containerdActions(name),
  ...programActions(name),
  ...k0sActions(name),
  ...powerActions(name),
  ...fenceActions(name),
  ...drainActions(name),
  ...taintActions(name),
  ...outOfServiceActions(name),
  ...nodeNetworkActions(name),
  ...imageActions(name),
  ...nodeDiskActions(name),
})
export { dns } from './cluster/dns.js'
export { forwarders } from './cluster/rollout.js'
export { collector } from './collector.js'
export { network } from './wire.js'
