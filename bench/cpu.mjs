// Time is processor time of the process, so that the figures hold on a machine that is busy with other things.

export function cpuMs(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The best of several rounds, in which each piece of work has its turn, so that all meet the same conditions. */
export function bestCpuMs(rounds, works) {
  const best = works.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < rounds; round++) {
    works.forEach((work, index) => {
      best[index] = Math.min(best[index], cpuMs(work))
    })
  }
  return best
}
