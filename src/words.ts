/** '1 line', '1,204 lines': a count with its noun. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`
}

/** A span of time to a tenth of a second: 1204 → '1.2 s'. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** A point in time of a run, always in seconds so that two of them can be compared: 2140 → '2.14 s'. */
export function formatOffset(offsetMs: number): string {
  const seconds = Math.abs(offsetMs / 1000)
  const text = seconds.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  return `${offsetMs < 0 ? '−' : ''}${text} s`
}
