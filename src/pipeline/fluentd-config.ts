/** One directive of a Fluentd configuration, `<name argument> … </name>`. Undefined parameters are left out. */
export interface Directive {
  readonly name: string
  readonly argument?: string
  readonly parameters?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly directives?: readonly (Directive | undefined)[]
}

export function renderConfig(directives: readonly (Directive | undefined)[], indent = ''): string {
  return directives
    .filter((directive) => directive !== undefined)
    .map((directive) => renderDirective(directive, indent))
    .join(indent === '' ? '\n' : '')
}

function renderDirective({ name, argument, parameters, directives }: Directive, indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(parameters ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${inner}${key} ${String(value)}\n`)
    .join('')
  const head = argument === undefined ? name : `${name} ${argument}`
  return `${indent}<${head}>\n${lines}${renderConfig(directives ?? [], inner)}${indent}</${name}>\n`
}

/** A string literal that Fluentd takes as it stands: spaces and # are safe, nothing is interpolated. */
export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** The value of an environment variable, which Fluentd puts in when it reads the configuration. */
export function fromEnvironment(name: string): string {
  return `"#{ENV['${name}']}"`
}
