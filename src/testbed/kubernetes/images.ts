import type { ImageOf } from '../contract.js'

/** The newest of the series that runs on every Ruby that its images come with. */
const defaultVersion = '1.16.11'

/**
 * The image of Fluentd that is meant: by a version (1.16.11), by its own name (fluent/fluentd:edge), or none in
 * particular. `template` names images by version: `{version}` stands for it.
 */
export function fluentdImage(requested: string | undefined, template: string): ImageOf {
  const version = requested?.replace(/^v(?=\d)/, '') ?? defaultVersion
  if (!/[/:]/.test(version)) return { version, image: template.replaceAll('{version}', version) }
  const tag = version.split('/').at(-1)?.split(':')[1] ?? 'latest'
  return { version: /\d+\.\d+\.\d+/.exec(tag)?.[0] ?? tag, image: version }
}
