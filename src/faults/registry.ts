import { GaplessError } from '../errors.js'
import { attachmentDeleted } from './cluster/attachment.js'
import { containerdStopped } from './cluster/containerd.js'
import { nodeDiskFilled } from './cluster/disk.js'
import { dnsDown } from './cluster/dns.js'
import { drain } from './cluster/drain.js'
import { fence, fenceWhileOn } from './cluster/fence.js'
import { imageRemoved } from './cluster/image.js'
import { k0sReplaced, workerRestarted } from './cluster/k0s-worker.js'
import { kubeletStopped } from './cluster/kubelet.js'
import { nodeNetworkCut } from './cluster/node-network.js'
import { outOfService } from './cluster/out-of-service.js'
import { powerOff } from './cluster/power.js'
import { programKilled } from './cluster/program-killed.js'
import { rollingUpdate } from './cluster/rollout.js'
import { taint } from './cluster/taint.js'
import { outage } from './collector.js'
import { crashWorker } from './crash-worker.js'
import { deletion } from './deletion.js'
import { type FaultDefinition } from './fault.js'
import { fillDisk } from './fill-disk.js'
import { hideLogLinks } from './hide-log-links.js'
import { kill } from './kill.js'
import { moveLogs } from './move-logs.js'
import { pause } from './pause.js'
import { removeRotatedLogs } from './remove-rotated-logs.js'
import { repointLogLinks } from './repoint-log-links.js'
import { rotateLogs } from './rotate-logs.js'
import { secondWriter } from './second-writer.js'
import { changeConfig, signal } from './signal.js'
import { stop } from './stop.js'
import { stopApps } from './stop-apps.js'
import { strayLines } from './stray-lines.js'
import { truncateLogs } from './truncate-logs.js'
import { ackLost, networkBlackhole, networkCut, networkDelay } from './wire.js'
import { wipe } from './wipe.js'

const definitions: readonly FaultDefinition[] = [
  kill,
  stop,
  stopApps,
  deletion,
  crashWorker,
  pause,
  signal,
  changeConfig,
  outage,
  fillDisk,
  secondWriter,
  networkCut,
  networkDelay,
  networkBlackhole,
  ackLost,
  wipe,
  rotateLogs,
  truncateLogs,
  moveLogs,
  removeRotatedLogs,
  repointLogLinks,
  hideLogLinks,
  strayLines,
  kubeletStopped,
  containerdStopped,
  programKilled,
  workerRestarted,
  k0sReplaced,
  powerOff,
  fence,
  fenceWhileOn,
  attachmentDeleted,
  drain,
  taint,
  outOfService,
  nodeNetworkCut,
  imageRemoved,
  nodeDiskFilled,
  dnsDown,
  rollingUpdate,
]

export const faultNames = definitions.map(({ fault }) => fault)

export function faultDefinition(fault: string): FaultDefinition {
  const definition = definitions.find((candidate) => candidate.fault === fault)
  if (definition) return definition
  throw new GaplessError(`there is no fault "${fault}"`, {
    code: 'scenario-invalid',
    hint: `Faults: ${faultNames.join(', ')}.`,
  })
}
