import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, launchChromium } from '../testing/browser.js'
import { goldenNames, goldenResult } from '../testing/goldens.js'
import { htmlReporter } from './html-reporter.js'
import { renderIndexHtml } from './html.js'

const chromium = findChromium()
if (chromium === undefined) {
  console.warn('The report is not looked at in a browser: no Chromium found (set CHROMIUM_PATH to one).')
}

const pages = [...goldenNames, 'index'] as const
const views = [1280, 400].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
)

describe.skipIf(chromium === undefined)('in Chromium (skipped where none is found)', () => {
  let browser: Browser
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gapless report '))
    const reporter = htmlReporter()
    for (const name of goldenNames) {
      await reporter.runEnded?.(goldenResult(name), directory)
      await rename(join(directory, 'report.html'), join(directory, `${name}.html`))
    }
    const entries = goldenNames.map((name) => ({ result: goldenResult(name), href: `${name}.html` }))
    await writeFile(join(directory, 'index.html'), renderIndexHtml(entries))
    browser = await launchChromium(chromium ?? '')
  })

  afterAll(async () => {
    await browser.close()
    await rm(directory, { recursive: true })
  })

  /** Opens a page and collects everything that it complains about or asks for. */
  async function open(name: string, { width, scheme }: (typeof views)[number]) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })
    const url = pathToFileURL(join(directory, `${name}.html`)).href
    const complaints: string[] = []
    const requests: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(url)
    return { page, complaints, requests: requests.filter((requested) => requested !== url) }
  }

  describe.each(pages)('%s', (name) => {
    test.each(views)('at $width px in $scheme: fits, is quiet, and can be read', async (view) => {
      const { page, complaints, requests } = await open(name, view)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width)
      expect(complaints).toEqual([])
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([])
      // Details too, which are closed at first.
      await page.evaluate(
        'document.querySelectorAll("details").forEach((details) => { details.open = true })',
      )
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width)
      const texts = await page.evaluate<{ text: string; contrast: number }[]>(contrasts)
      expect(texts.length).toBeGreaterThan(20)
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([])
      await page.close()
    })
  })

  test.each(goldenNames)('%s: the verdict is seen without scrolling, on a phone too', async (name) => {
    const { page } = await open(name, { width: 400, scheme: 'light' })
    const summary = page.getByText(goldenResult(name).summary)
    const box = await summary.boundingBox()
    expect(box).not.toBeNull()
    expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(900)
    await page.close()
  })

  test.each([
    { width: 1280, seen: 1038 },
    { width: 400, seen: 346 },
  ])('one chart is shown at $width px, and it says in words what it shows', async ({ width, seen }) => {
    const { page } = await open('fail-with-losses', { width, scheme: 'dark' })
    const charts = page.getByRole('img', { name: /^Chart of lines sent and delivered over 24.0 s\./ })
    expect(await charts.count()).toBe(1)
    expect(Math.round((await charts.boundingBox())?.width ?? 0)).toBe(seen)
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(background).toBe('rgb(20, 23, 26)')
    await page.close()
  })

  test('a page whose text tries to be a script runs nothing', async () => {
    const attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    const result = { ...goldenResult('fail-with-losses'), scenario: attack, summary: attack, proves: attack }
    await htmlReporter().runEnded?.(result, directory)
    const { page, requests } = await open('report', { width: 400, scheme: 'light' })
    expect(await page.title()).toContain('Failed: <img src=x')
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([])
    expect(await page.locator('h1').innerText()).toContain('<script>')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400)
    await page.close()
  })
})

/** Runs in the page: every visible text with its contrast (WCAG 2) against what is behind it. */
const contrasts = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number)
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const rgba = parse(getComputedStyle(at).backgroundColor)
      if (rgba.length === 3 || rgba[3] === 1) return rgba
    }
    return [255, 255, 255]
  }
  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.data.trim()
    if (text === '' || element.getClientRects().length === 0 || element.closest('style')) continue
    const style = getComputedStyle(element)
    const front = luminance(parse(element.closest('svg') ? style.fill : style.color))
    const back = luminance(behind(element))
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)
    texts.push({ text, contrast: Math.round(contrast * 100) / 100 })
  }
  return texts
})()`
