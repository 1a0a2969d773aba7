const quietForMs = 2000
const remindEveryMs = 10_000

/**
 * Tells on `stream` what set-up does. On a terminal a long step is one line that counts its seconds; elsewhere it
 * is a line at its beginning and another one now and then, so that a log shows that it still goes on.
 */
export function createProgress(stream = process.stderr) {
  const onTerminal = stream.isTTY === true
  const begin = (text) => {
    const startedMs = Date.now()
    const elapsed = () => `${Math.round((Date.now() - startedMs) / 1000)} s`
    const clear = () => onTerminal && stream.write('\r\x1b[2K')
    stream.write(onTerminal ? `${text} …` : `${text} …\n`)
    let remindAtMs = remindEveryMs
    const timer = setInterval(() => {
      const forMs = Date.now() - startedMs
      if (onTerminal) {
        if (forMs < quietForMs) return
        clear()
        stream.write(`${text} … ${elapsed()}`)
      } else if (forMs >= remindAtMs) {
        remindAtMs += remindEveryMs
        stream.write(`  still at it, ${elapsed()}\n`)
      }
    }, 1000)
    timer.unref()
    return {
      end(outcome = 'done') {
        clearInterval(timer)
        clear()
        stream.write(onTerminal ? `${text}: ${outcome}, ${elapsed()}\n` : `  ${outcome} after ${elapsed()}\n`)
      },
    }
  }
  return { say: (text) => stream.write(`${text}\n`), begin }
}
