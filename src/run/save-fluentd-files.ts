import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { configPath } from '../pipeline/fluentd-pod.js'
import { fluentdsOf, type Plan } from '../scenario/plan.js'
import { type RunDirectory } from '../store/run-directory.js'
import { type Deployment } from './deploy.js'

/** Copies each Fluentd's configuration and log to `fluentd/`, where they outlive the testbed. */
export async function saveFluentdFiles(
  store: RunDirectory,
  { podOf }: Deployment,
  plan: Plan,
): Promise<void> {
  mkdirSync(store.file('fluentd'), { recursive: true })
  for (const target of fluentdsOf(plan)) {
    const pod = podOf(target)
    writeFileSync(store.file('fluentd', `${pod.spec.name}.log`), await pod.logs())
    copyFileSync(pod.resolve(configPath), store.file('fluentd', `${pod.spec.name}.conf`))
  }
}
