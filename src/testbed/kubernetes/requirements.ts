import { dockerOutput } from '../../docker/docker.js'
import { GaplessError, isGaplessError, messageOf } from '../../errors.js'
import type { DoctorFinding } from '../contract.js'

/** Whether there is a Docker that runs what nodes are made from. */
export async function checkDocker(): Promise<DoctorFinding> {
  try {
    const format = '{{.Server.Version}} {{.Server.Os}}'
    const [version = '', os] = (await dockerOutput(['version', '--format', format], { timeoutMs: 20_000 }))
      .trim()
      .split(' ')
    if (os === 'linux') return { what: 'Docker', ok: true, found: version }
    return {
      what: 'Docker',
      ok: false,
      found: `${version} runs ${os ?? 'unknown'} containers`,
      remedy: 'switch Docker to Linux containers',
    }
  } catch (error) {
    const hint = isGaplessError(error) ? error.hint : undefined
    return {
      what: 'Docker',
      ok: false,
      found: messageOf(error),
      ...(hint === undefined ? {} : { remedy: hint }),
    }
  }
}

/** Throws 'requirement-missing' with the first thing that was found missing. */
export function requireAll(testbed: string, findings: readonly DoctorFinding[]): void {
  const missing = findings.find(({ ok }) => !ok)
  if (missing === undefined) return
  throw new GaplessError(`The testbed ${testbed} cannot be used here. ${missing.what}: ${missing.found}`, {
    code: 'requirement-missing',
    ...(missing.remedy === undefined ? {} : { hint: missing.remedy }),
  })
}
