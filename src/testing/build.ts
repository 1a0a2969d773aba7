import { execa } from 'execa'

/**
 * Programs that tests start as processes of their own (collector, emitter, node supervisors) run compiled, as
 * they do for users. Building here keeps a stale `dist/` from being what is tested.
 */
export async function setup(): Promise<void> {
  await execa('npm', ['run', '--silent', 'build'], { stdio: 'inherit', reject: false })
}
