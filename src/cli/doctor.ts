import { doctorLocal } from '../setup/doctor.js'
import { localTestbed } from '../testbed/local/testbed.js'

/** `gapless doctor`: what is there, what is missing and how to get it, per testbed. 2 where something is missing. */
export async function doctor(): Promise<number> {
  const findings = await doctorLocal()
  const lines = findings.map(({ what, ok, found, remedy }) => {
    const line = `  ${ok ? 'ok     ' : 'MISSING'} ${what}: ${found}`
    return ok || remedy === undefined ? line : `${line}\n          ${remedy}`
  })
  process.stdout.write(`${localTestbed.name}: ${localTestbed.description}\n${lines.join('\n')}\n`)
  return findings.every(({ ok }) => ok) ? 0 : 2
}
