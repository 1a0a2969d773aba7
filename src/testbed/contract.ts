/**
 * What a testbed is: somewhere to run pods, with names and semantics that Kubernetes gives them. Faults, the
 * life of a run and the pipeline are written against this file only, never against a testbed's name.
 */

export type { ProcessRef } from '../processes/process-ref.js'
export type * from './contract/cluster.js'
export type * from './contract/events.js'
export type * from './contract/instruments.js'
export type * from './contract/node-files.js'
export type * from './contract/pod.js'
export type * from './contract/testbed.js'
export type * from './contract/workload.js'
export type { ClusterTimings } from './kubernetes/timings.js'
