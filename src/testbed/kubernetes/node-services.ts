/** What the nodes of a testbed are made of: how their services are called, and where they keep things. */
export interface NodeServices {
  /** systemd's unit that runs kubelet; the same one as `containerd` where one service runs both. */
  readonly kubelet: string
  readonly containerd: string
  /** The words of commands: each prints the process id of the program that runs, or nothing. */
  readonly pid: Readonly<Record<'kubelet' | 'containerd', readonly string[]>>
  /** The words of a command: containerd's own client, for what kubelet has it run. */
  readonly ctr: readonly string[]
  /** The words of a command: reads an archive of `docker save`; containerd has what is in it then, or soon. */
  readonly importImages: readonly string[]
  /** Where kubelet keeps pods. */
  readonly kubeletDirectory: string
}
