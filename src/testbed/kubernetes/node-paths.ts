/** Where forwarders keep buffers and positions on their node, with a hostPath. */
export const hostStatePath = '/var/lib/fluentd'

/** Where applications put their log files themselves. */
export const hostAppLogPath = '/var/log/apps'
