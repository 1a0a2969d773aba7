/** For a shell: ends the kubelet of a unit and starts another one. Prints when the one before had ended. */
export const startAnew = (unit: string): string =>
  `systemctl stop ${unit} && date +%s && systemctl start ${unit}`

/** What `startAnew` printed, in milliseconds since the epoch; undefined where it was not run. */
export const endedMs = (printed: string): number | undefined =>
  printed.trim() === '' ? undefined : Number(printed) * 1000
