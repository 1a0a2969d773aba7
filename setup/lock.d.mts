export interface LockHolder {
  readonly host: string
  readonly pid: number
}

export interface Lock {
  started(pid: number): void
  ended(pid: number): void
  release(): void
}

export function takeLock(
  directory: string,
  options?: { readonly onWait?: (holder: LockHolder) => void; readonly signal?: AbortSignal | undefined },
): Promise<Lock>
