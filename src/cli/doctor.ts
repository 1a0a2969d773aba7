import { doctorLocal } from '../setup/doctor.js'
import { type DoctorFinding } from '../testbed/contract.js'
import { doctorK0s } from '../testbed/k0s/testbed.js'
import { doctorKind } from '../testbed/kind/program.js'
import { examineLimits } from '../testbed/local/mount-namespace.js'
import { testbedsOf } from '../testbed/registry.js'

const examinations: Readonly<Record<string, () => Promise<readonly DoctorFinding[]>>> = {
  local: async () => [...(await doctorLocal()), examineLimits()],
  kind: doctorKind,
  k0s: doctorK0s,
}

/**
 * `gapless doctor`: what is there, what is missing and how to get it, per testbed. 2 where something is missing that
 * the testbed `local` needs, which is what runs are made on unless somebody says otherwise.
 */
export async function doctor(): Promise<number> {
  let status = 0
  for (const { name, description } of testbedsOf()) {
    const findings = (await examinations[name]?.()) ?? []
    const lines = findings.map(({ what, ok, warning, found, remedy }) => {
      const line = `  ${ok ? (warning ? 'warning' : 'ok     ') : 'MISSING'} ${what}: ${found}`
      return (ok && !warning) || remedy === undefined ? line : `${line}\n          ${remedy}`
    })
    process.stdout.write(`${name}: ${description}\n${lines.join('\n')}\n`)
    if (name === 'local' && !findings.every(({ ok }) => ok)) status = 2
  }
  return status
}
