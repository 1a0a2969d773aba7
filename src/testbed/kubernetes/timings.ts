/** How long Kubernetes waits before it does something about a node that is silent. What is not set is its default. */
export interface ClusterTimings {
  /** Until a node whose kubelet is silent is NotReady. Kubernetes: 40 s, from 1.32 on 50 s. */
  readonly nodeMonitorGracePeriodSeconds?: number
  /** `tolerationSeconds` of pods that may move, for a node that is NotReady. Kubernetes: 300 s. */
  readonly notReadyTolerationSeconds?: number
  /** `tolerationSeconds` of pods that may move, for a node that is unreachable. Kubernetes: 300 s. */
  readonly unreachableTolerationSeconds?: number
}
