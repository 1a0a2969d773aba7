import { sharedVolumesPath, volumesDirectory } from '../../csi/names.js'

/** Where forwarders keep buffers and positions on their node, with a hostPath. */
export const hostStatePath = '/var/lib/fluentd'

/** Says, where it is there, what of a node a run has changed for good: its cluster is not as good as new. */
export const damagePath = '/var/lib/gapless/damage'

/** Where applications put their log files themselves. */
export const hostAppLogPath = '/var/log/apps'

/** Where what is on a volume is, on every node. */
export const volumeDirectory = (volume: string): string => `${volumesDirectory(sharedVolumesPath)}/${volume}`
