/** Where forwarders keep buffers and positions on their node, with a hostPath. */
export const hostStatePath = '/var/lib/fluentd'

/** Where applications put their log files themselves. */
export const hostAppLogPath = '/var/log/apps'

/** What all nodes of a cluster of ours share, the control plane too: it is there whichever of them is off. */
export const sharedVolumesPath = '/var/lib/gapless-volumes'
