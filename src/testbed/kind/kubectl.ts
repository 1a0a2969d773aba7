/** The words of a command: the control plane's own kubectl, which is there whatever else is. */
export const kubectl = [
  ...['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'],
  ...['--request-timeout', '10s'],
] as const
