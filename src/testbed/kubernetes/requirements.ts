import { docker, dockerOutput } from '../../docker/docker.js'
import { GaplessError, isGaplessError, messageOf } from '../../errors.js'
import type { DoctorFinding } from '../contract.js'
import { checkInotify } from './inotify.js'

/** What nodes in containers need of this machine. */
export async function checkMachine(): Promise<readonly DoctorFinding[]> {
  const [engine, cgroups] = await Promise.all([checkDocker(), checkCgroups()])
  return [engine, ...cgroups, ...checkInotify()]
}

/** Whether there is a Docker that runs what nodes are made from. */
async function checkDocker(): Promise<DoctorFinding> {
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

/** Nothing where Docker does not tell. */
async function checkCgroups(): Promise<readonly DoctorFinding[]> {
  const format = '{{.CgroupVersion}}'
  const told = await docker(['info', '--format', format], { timeoutMs: 20_000 }).catch(() => undefined)
  return told?.exitCode === 0 ? cgroupFindings(told.stdout.trim()) : []
}

/** What Docker's word for the version of control groups means for kubelet, which needs the second from 1.35 on. */
export function cgroupFindings(version: string): readonly DoctorFinding[] {
  if (version === '2') return [{ what: 'cgroups', ok: true, found: 'version 2' }]
  if (version !== '1') return []
  return [
    {
      what: 'cgroups',
      ok: true,
      warning: true,
      found: 'version 1, which Kubernetes takes up to 1.34',
      remedy: 'an older node image or k0s, or Linux started with systemd.unified_cgroup_hierarchy=1',
    },
  ]
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
