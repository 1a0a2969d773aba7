import { type Result } from '../store/result.js'
import { runTitle } from './format.js'
import { configuration, expectations } from './html/configuration.js'
import { faults } from './html/faults.js'
import { findings } from './html/findings.js'
import { header, numbers, verdictLabels } from './html/header.js'
import { overview, type IndexEntry } from './html/index-page.js'
import { page } from './html/page.js'
import { pipeline } from './html/pipeline.js'
import { staircase } from './html/staircase.js'
import { streams } from './html/streams.js'
import { timeline } from './html/timeline.js'

/** A run as one self-contained page: no scripts, no requests. Pure: the same result gives the same text. */
export function renderHtml(result: Result): string {
  const title = `${verdictLabels[result.verdict].word}: ${runTitle(result)} – gapless`
  return page(
    title,
    result.versions.gapless ?? '',
    header(result),
    numbers(result),
    pipeline(result),
    timeline(result),
    staircase(result),
    findings(result),
    faults(result),
    expectations(result),
    streams(result),
    configuration(result),
  ).markup
}

/** An overview of several runs that links to their own reports. */
export function renderIndexHtml(entries: readonly IndexEntry[]): string {
  return page('Runs – gapless', entries[0]?.result.versions.gapless ?? '', overview(entries)).markup
}
