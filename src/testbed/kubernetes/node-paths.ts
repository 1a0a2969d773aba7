import { sharedVolumesPath, volumesDirectory } from '../../csi/names.js'

/** Where forwarders keep buffers and positions on their node, with a hostPath. */
export const hostStatePath = '/var/lib/fluentd'

/** Where applications put their log files themselves. */
export const hostAppLogPath = '/var/log/apps'

/** Where what is on a volume is, on every node. */
export const volumeDirectory = (volume: string): string => `${volumesDirectory(sharedVolumesPath)}/${volume}`
