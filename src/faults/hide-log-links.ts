import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { type Action } from '../scenario/timeline.js'
import { evidence, type FaultContext, type FaultDefinition } from './fault.js'
import { appsOf, logLink } from './log-files.js'
import { appAction } from './rotate-logs.js'

/**
 * The symlinks in /var/log/containers are not there for a while: to the forwarder the files are gone, while their writer
 * goes on as ever. A rotation meanwhile looks like one of a tool that renames first and lets the writer follow later.
 */
export const hideLogLinks: FaultDefinition = {
  fault: 'hide-log-links',
  needs: ['node-files'],
  targets: ['app'],
  async inject(spec, context) {
    const pods = await appsOf(context, spec.target)
    const links = await Promise.all(pods.map((pod) => logLink(context, pod)))
    for (const link of links) await rename(link, hiddenName(link))
    return {
      evidence: [evidence(context, `${linksAre(links)} not there`, !links.some(existsSync), { links })],
      heal: () => show(links, context),
    }
  },
}

async function show(links: readonly string[], context: FaultContext) {
  for (const link of links) await rename(hiddenName(link), link)
  return [evidence(context, `${linksAre(links)} there again`, links.every(existsSync))]
}

/** No name that a forwarder follows. */
const hiddenName = (link: string) => `${link}.hidden`
const linksAre = (links: readonly string[]) =>
  links.length === 1 ? '1 log link is' : `${String(links.length)} log links are`

/** What a scenario says. */
export const hideLogLinksActions = (node: string) => ({
  /** Takes the links of the node's applications out of /var/log/containers, until `showLogLinks`. */
  hideLogLinks: (): Action => appAction('hide-log-links', node, `hide the log links on ${node}`),
  showLogLinks: (): Action => ({
    type: 'heal',
    heals: 'hide-log-links',
    target: { role: 'app', node },
    description: `show the log links on ${node} again`,
  }),
})
