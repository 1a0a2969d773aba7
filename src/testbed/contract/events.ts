export interface TestbedEvents {
  /** A container started or ended, a pod began to end; a volume was attached or detached; log files were rotated. */
  readonly event: [event: TestbedEvent]
}

export type TestbedEvent =
  | {
      readonly type: 'container-started'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly containerId: string
      readonly pid: number
    }
  | {
      readonly type: 'container-exited'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly containerId: string
      readonly code: number | null
      readonly signal: string | null
    }
  | {
      readonly type: 'container-waiting'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly reason: string
      readonly forMs?: number
    }
  | {
      /** It was told to stop or is being deleted: a Service leads nobody to it any more, though it may run on for long. */
      readonly type: 'pod-terminating'
      readonly atMs: number
      readonly pod: string
      readonly node: string
    }
  | {
      readonly type: 'pod-deleted'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      /** A directory with what its emptyDirs held at last, `<volume>/…`: evidence that the pipeline cannot reach. */
      readonly kept?: string
    }
  | {
      readonly type: 'log-rotated'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly file: string
    }
  | {
      /** A rotated file was replaced by its compressed form, which is another file. */
      readonly type: 'log-compressed'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      /** Its new name, and the inode that it had before. */
      readonly file: string
      readonly inode: number
    }
  | {
      readonly type: 'log-removed'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly file: string
      readonly inode?: number
      /** A copy of all that was in it: evidence that the pipeline cannot reach. */
      readonly kept?: string
    }
  | {
      /** A new object of a pod has its node; its container is yet to start. */
      readonly type: 'pod-scheduled'
      readonly atMs: number
      readonly pod: string
      readonly node: string
    }
  | {
      /** Kubernetes warned of a pod as it is now, for the first time with this reason. */
      readonly type: 'pod-warned'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly reason: string
      readonly message: string
    }
  | {
      /** The object of a pod is gone and its processes run on; told again, with `runs` false, when they have ended. */
      readonly type: 'pod-outlived'
      readonly atMs: number
      readonly pod: string
      readonly node: string
      readonly runs: boolean
    }
  | {
      /** What the cluster thinks of a node has changed. */
      readonly type: 'node-ready'
      readonly atMs: number
      readonly node: string
      readonly ready: 'True' | 'False' | 'Unknown' | 'unregistered'
    }
  | {
      /** What a node did and saw of volumes could not be written down; null: nobody knows how much. */
      readonly type: 'records-lost'
      readonly atMs: number
      readonly node: string
      readonly records: number | null
    }
  | VolumeEvent

/** Of a claim's volume, which moves with its pod; by the driver's word where there is one. */
export type VolumeEvent =
  | {
      readonly type: 'volume-attached' | 'volume-detached' | 'volume-mounted' | 'volume-unmounted'
      readonly atMs: number
      readonly node: string
      readonly claim: string
      /** Detached, or so its cluster believes, because somebody said so; `unknown`: its node did not tell. */
      readonly stillMounted?: true | 'unknown'
    }
  | {
      readonly type: 'detach-refused'
      readonly atMs: number
      readonly node: string
      readonly claim: string
      readonly message: string
    }
  | {
      /**
       * From when to when somebody on the node was seen to write into open files of it, told at the end. Who renames and
       * removes files is not seen.
       */
      readonly type: 'volume-written'
      readonly atMs: number
      readonly untilMs: number
      readonly node: string
      readonly claim: string
    }
  | {
      /** A volume for one node at a time was mounted on two; told again when it is over, with when that was. */
      readonly type: 'two-writers'
      readonly atMs: number
      readonly untilMs: number | null
      readonly node: string
      readonly besides: string
      readonly claim: string
    }
