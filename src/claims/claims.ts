/** A statement of an article about what a log pipeline does when something breaks, and what is expected of it here. */
export interface Claim {
  readonly id: string
  readonly articles: readonly Article[]
  readonly says: string
  /** What reading Fluentd's sources suggests. Where a measurement disagrees, the measurement stands. */
  readonly expected: string
}

export const articles = {
  k0s: 'Running Fluentd as a DaemonSet through k0s upgrades',
  three: 'Three viewpoints on the reliability of Fluentd on Kubernetes',
  sts: 'StatefulSets when kubelet stops: fencing and RWO volumes',
  weird: 'Ten weird ways to blow up Kubernetes',
} as const
export type Article = keyof typeof articles

/** The claims that can be tested without a cluster. */
export const claims: readonly Claim[] = [
  {
    id: 'F1',
    articles: ['k0s', 'three'],
    says: 'a pos_file lets reading resume where it stopped',
    expected:
      'with it no loss; without, backlog and downtime are lost, or with read_from_head everything comes twice',
  },
  {
    id: 'F2',
    articles: ['three'],
    says: 'a file buffer survives a crash, a memory buffer does not',
    expected: 'memory: all that was buffered is lost; file: nothing',
  },
  {
    id: 'F3',
    articles: ['k0s'],
    says: 'even with a file buffer a crash may lose lines',
    expected: 'none lost in trials, as writes reach the kernel; many copies',
  },
  {
    id: 'F4',
    articles: ['k0s', 'three'],
    says: 'position and buffer on a hostPath survive replacement, on an emptyDir they do not',
    expected: 'hostPath: nothing lost; emptyDir: all that was not flushed is lost',
  },
  {
    id: 'F5',
    articles: ['three'],
    says: 'flush_at_shutdown saves what is buffered when the node goes away',
    expected:
      'false: all that was not flushed is lost with the disk; true: nothing, while the aggregator is up',
  },
  {
    id: 'F6',
    articles: ['three'],
    says: 'a flush that fails at shutdown does not reach <secondary>',
    expected: 'lost (memory, or file with the disk wiped); secondary empty',
  },
  {
    id: 'F7',
    articles: ['three'],
    says: 'terminationGracePeriodSeconds must cover the flush',
    expected: 'short: loss (memory) or stranded (file); long: nothing',
  },
  {
    id: 'F8',
    articles: ['three'],
    says: 'copy to two places is the safe choice for audit logs',
    expected: 'with one store down the healthy one gets copies; with ignore_error the other store loses',
  },
  {
    id: 'F9',
    articles: ['three'],
    says: 'without require_ack_response lines die with the aggregator',
    expected: 'off: loss; on: none, copies possible',
  },
  {
    id: 'F10',
    articles: ['three'],
    says: 'at-least-once tolerates duplicates',
    expected: 'an acknowledgement that is lost after storing: every line of the chunk twice',
  },
  {
    id: 'F11',
    articles: ['three'],
    says: 'retry forever and a persisted buffer ride out an outage',
    expected: 'nothing lost',
  },
  {
    id: 'F12',
    articles: ['three'],
    says: 'a retry limit with a secondary keeps what it gives up',
    expected:
      'without secondary the whole queue is dropped; with it, it is in the secondary: stranded, not lost',
  },
  {
    id: 'F13',
    articles: ['three'],
    says: 'the buffer has to be sized: disk, rate × outage',
    expected: 'drop_oldest_chunk loses; the others hold back reading, until rotation takes the file away',
  },
  {
    id: 'A1',
    articles: ['three'],
    says: 'an acknowledged line is safe in the aggregator only if its buffer is a file',
    expected: 'memory: lost despite the acknowledgement; file: nothing',
  },
  {
    id: 'A2',
    articles: ['three'],
    says: 'the aggregator is taken down in the middle of a flush',
    expected: 'file: nothing lost, the held chunk possibly twice; memory: lost',
  },
  {
    id: 'A3',
    articles: ['three'],
    says: 'stop taking requests before flushing: a preStop sleep',
    expected: 'with it nothing lost; without, rare loss without acknowledgements',
  },
  {
    id: 'A4',
    articles: ['three'],
    says: 'a flush at shutdown with the destination down loses, unless the buffer is on a volume',
    expected: 'volume: nothing; none: lost',
  },
  {
    id: 'A5',
    articles: ['three'],
    says: 'replicas that are spread, and a PodDisruptionBudget, keep an aggregator up while nodes are drained',
    expected: 'one alone: delay and a backlog at the forwarders; nothing lost while buffers hold',
  },
  {
    id: 'A6',
    articles: ['three'],
    says: 'a StatefulSet with a volume finds its buffer again on another node, a Deployment without does not',
    expected: 'volume: nothing lost; without: lost',
  },
  {
    id: 'A7',
    articles: ['three'],
    says: 'the datastore is down: retry forever with a volume, or a limit with a secondary',
    expected: 'as F11 and F12',
  },
  {
    id: 'N1',
    articles: ['k0s'],
    says: 'cordon and drain leave the pods of DaemonSets alone',
    expected: 'the forwarder stays',
  },
  {
    id: 'N2',
    articles: ['k0s'],
    says: 'so an upgrade hits a forwarder that still runs',
    expected:
      "stopping k0s' worker ends no container, and Fluentd runs on; but nobody writes the node log meanwhile, and a containerd that ends can lose what it had read of stdout, where no setting of Fluentd helps",
  },
  {
    id: 'N3',
    articles: ['k0s'],
    says: 'a NoExecute taint of its own evicts the forwarder gracefully; kube-proxy tolerates everything',
    expected:
      "a graceful stop in the forwarder's log, kube-proxy untouched; drain does not wait, so that the worker may stop while Fluentd still flushes",
  },
  {
    id: 'N4',
    articles: ['k0s'],
    says: 'stopping all forwarding for the upgrade delays logs, a taint of one node after the other does not',
    expected: 'the delay differs by an order',
  },
  {
    id: 'N5',
    articles: ['k0s'],
    says: 'applications that log to files of the node survive it; those that log to stdout may lose what was not read',
    expected: 'hostPath: nothing; stdout: loss possible when the pod goes with its log directory',
  },
  {
    id: 'N6',
    articles: ['sts'],
    says: "kubelet is stopped: a Deployment's pod is replaced, a StatefulSet's stays Terminating",
    expected: 'the StatefulSet is stuck until it is fenced; delivery stops, forwarders hold',
  },
  {
    id: 'N7',
    articles: ['sts'],
    says: "fencing lets a StatefulSet's pod start elsewhere, but a volume of one node is refused there: Multi-Attach",
    expected: 'stuck until the volume can be had; then the buffer is found, and nothing is lost',
  },
  {
    id: 'N8',
    articles: ['sts'],
    says: 'a shared file system avoids the trouble of RWO volumes',
    expected: 'old pod dead: nothing lost; still running: two writers on one buffer, copies and errors',
  },
  {
    id: 'N11',
    articles: ['weird'],
    says: 'a change of a DaemonSet reaches every node at once',
    expected: 'with maxUnavailable 100 % all forwarders are down together; nothing lost with a hostPath',
  },
  {
    id: 'N13',
    articles: ['weird'],
    says: 'order of start: nothing works before the network does',
    expected: 'Fluentd refuses to start unless told otherwise; nothing lost once it does',
  },
  {
    id: 'N14',
    articles: ['k0s', 'three'],
    says: 'container log rotation outruns a stopped forwarder (implied)',
    expected: 'what was rotated away is gone',
  },
]
