import type { z } from 'zod'
import { GaplessError, type GaplessErrorCode, messageOf } from '../../errors.js'
import { type Announcement, announcementSchema } from '../../program/announcement.js'
import { until } from '../../until.js'
import type { Instrument } from '../contract.js'

/** A program of the instrument in a container of its own: it outlives gapless, and `gapless clean` finds it. */
export interface ProgramContainer<Ready> extends Instrument {
  readonly ready: Ready
  /** Its address on the network. */
  readonly address: string
  /** The port of this machine that leads to its control port. */
  readonly controlPort: number
}

export interface ProgramContainerOptions<Ready> {
  /** As it stands in messages, e.g. 'collector'. */
  readonly program: string
  /** Docker's name for it. */
  readonly name: string
  readonly image: string
  /** The bundle, a file of this machine. */
  readonly bundle: string
  /** A directory of this machine, `/ledger` in the container. */
  readonly ledger: string
  readonly network: string
  readonly labels: Readonly<Record<string, string>>
  /** Given to it as one JSON argument; its control port is `controlPort`. */
  readonly config: unknown
  readonly controlPort: number
  readonly ready: z.ZodType<Ready>
}

/** Where the container finds its ledger. */
export const ledgerPath = '/ledger'

/**
 * Resolves when it is ready. Throws the GaplessError that it announces, and 'instrument' with what it said where it
 * ends before it announces anything or the container does not start.
 */
export async function startProgramContainer<Ready>(
  options: ProgramContainerOptions<Ready>,
): Promise<ProgramContainer<Ready>> {
  // Its reaper would end what is to outlive a crash, and what somebody keeps; `gapless clean` ends the rest.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
  // It takes a third of a second to load, which only those pay who use it.
  const { GenericContainer, Wait } = await import('testcontainers')
  const { program, controlPort } = options
  let said = ''
  const container = await new GenericContainer(options.image)
    .withName(options.name)
    .withLabels({ ...options.labels })
    .withNetworkMode(options.network)
    .withBindMounts([
      { source: options.bundle, target: '/gapless/program.mjs', mode: 'ro' },
      { source: options.ledger, target: ledgerPath, mode: 'rw' },
    ])
    .withCommand(['node', '/gapless/program.mjs', JSON.stringify(options.config)])
    .withUser(ownUser())
    .withExposedPorts(controlPort)
    .withLogConsumer((stream) => {
      stream.on('data', (line: Buffer | string) => {
        said += line.toString()
      })
    })
    .withWaitStrategy(Wait.forLogMessage(/^\{"(ready|error)":/))
    .withStartupTimeout(60_000)
    .start()
    .catch((cause: unknown) => {
      throw new GaplessError(`The ${program}'s container did not start: ${messageOf(cause)}\n${said}`, {
        code: 'instrument',
        cause,
      })
    })
  const stop = async () => {
    await container.stop({ timeout: 5_000, remove: true, removeVolumes: true }).catch(unlessGone)
  }
  // The log comes by another stream than the one that was waited for, which may be a little ahead.
  const announcement = await until('its announcement', {
    timeoutMs: 10_000,
    poll: () => announced(said),
  }).catch(() => undefined)
  if (announcement === undefined || 'error' in announcement) {
    await stop()
    if (announcement === undefined)
      throw new GaplessError(`The ${program} said: ${said}`, { code: 'instrument' })
    const { code, message, hint } = announcement.error
    throw new GaplessError(message, { code: code as GaplessErrorCode, ...(hint !== undefined && { hint }) })
  }
  return {
    ready: options.ready.parse(announcement.ready),
    address: container.getIpAddress(options.network),
    controlPort: container.getMappedPort(controlPort),
    stop,
    // Nothing ends a container but whoever stops it.
    detach: () => Promise.resolve(),
  }
}

/** What goes with a cluster of the run's own is gone before it is stopped. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) throw error
}

function announced(output: string): Announcement | undefined {
  const line = output
    .split('\n')
    .slice(0, -1)
    .find((text) => /^\{"(ready|error)":/.test(text))
  return line === undefined ? undefined : announcementSchema.parse(JSON.parse(line))
}

/** What it writes is to belong to who runs gapless, and not to root. */
function ownUser(): string {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()]
  return uid === undefined || gid === undefined ? '' : `${String(uid)}:${String(gid)}`
}
