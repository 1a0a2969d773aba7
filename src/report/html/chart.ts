import { CustomChart, LineChart, type CustomSeriesOption, type LineSeriesOption } from 'echarts/charts'
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components'
import { init, use, type ComposeOption } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { formatCount } from '../format.js'
import { lanes, type ChartModel, type Lane } from './chart-model.js'

use([LineChart, CustomChart, GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer])

/**
 * Colours that stand for the page's own: they are replaced by CSS variables once drawn, so that one picture is
 * legible in light, dark and print.
 */
const ink = {
  text: '#0a0a01',
  muted: '#0a0a02',
  grid: '#0a0a03',
  sent: '#0a0a04',
  delivered: '#0a0a05',
  fault: '#0a0a06',
  lost: '#0a0a07',
  duplicated: '#0a0a08',
  stranded: '#0a0a09',
} as const

export interface ChartSize {
  readonly width: number
  readonly height: number
}

const laneHeight = 24
const topMargin = 30
const bottomMargin = 44
const leftMargin = 84
const rightMargin = 22

/** An SVG element without scripts, styles or references to anything outside of it. Pure: same model, same text. */
export function renderChart(model: ChartModel, size: ChartSize, label: string, idPrefix: string): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    chart.setOption(chartOption(model, size))
    return finish(chart.renderToSVGString(), label, idPrefix)
  } finally {
    // A chart that is not disposed of keeps the process alive.
    chart.dispose()
  }
}

function chartOption(
  model: ChartModel,
  size: ChartSize,
): ComposeOption<LineSeriesOption | CustomSeriesOption> {
  const lanesHeight = laneHeight * lanes.length
  const lanesTop = size.height - bottomMargin - lanesHeight
  const grid = { left: leftMargin, right: rightMargin }
  const text = { color: ink.muted, fontSize: 12 }
  const xAxis = { type: 'value', min: model.fromS, max: model.toS } as const
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: [
      { ...grid, top: topMargin, height: lanesTop - topMargin - 16 },
      { ...grid, top: lanesTop, height: lanesHeight },
    ],
    xAxis: [
      { ...xAxis, gridIndex: 0, show: false },
      {
        ...xAxis,
        gridIndex: 1,
        name: 'seconds since the load began',
        nameLocation: 'middle',
        nameGap: 28,
        nameTextStyle: text,
        splitNumber: size.width < 500 ? 4 : 10,
        axisLabel: {
          ...text,
          hideOverlap: true,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: formatSeconds,
        },
        axisLine: { lineStyle: { color: ink.muted } },
        axisTick: { lineStyle: { color: ink.muted } },
        splitLine: { show: false },
      },
    ],
    yAxis: [
      {
        type: 'value',
        gridIndex: 0,
        min: 0,
        splitNumber: 4,
        axisLabel: { ...text, formatter: formatCompact },
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { lineStyle: { color: ink.grid } },
      },
      {
        type: 'category',
        gridIndex: 1,
        data: [...lanes],
        inverse: true,
        axisLabel: text,
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { show: true, lineStyle: { color: ink.grid } },
      },
    ],
    series: [windowsSeries(model, size), curve(model, 'delivered'), curve(model, 'sent'), lanesSeries(model)],
  }
}

function curve({ points }: ChartModel, of: 'sent' | 'delivered'): LineSeriesOption {
  return {
    ...quiet,
    type: 'line',
    name: of,
    data: points.map((point) => [point.atS, point[of]]),
    showSymbol: false,
    // What was delivered is the thick line, what was sent the dashed one: told apart without colour.
    lineStyle: { color: ink[of], width: of === 'sent' ? 1.75 : 3, type: of === 'sent' ? [6, 4] : 'solid' },
    z: of === 'sent' ? 4 : 3,
  }
}

const quiet = { silent: true, emphasis: { disabled: true } } as const

/** Shaded where a fault was in effect, with the fault's number above. */
function windowsSeries(model: ChartModel, { width }: ChartSize): LineSeriesOption {
  const pixelsPerSecond = (width - leftMargin - rightMargin) / (model.toS - model.fromS)
  const windows = model.windows.toSorted((a, b) => a.fromS - b.fromS)
  // A label that would lie on the one before it is left out; the shading and the list of faults stay.
  let freeFromS = -Infinity
  const labelled = windows.map((window, index) => {
    if (window.fromS < freeFromS) return { ...window, text: '' }
    const roomS = (windows[index + 1]?.fromS ?? model.toS) - window.fromS
    const text = `${roomS * pixelsPerSecond > 60 ? 'fault ' : ''}${String(window.number)}`
    freeFromS = window.fromS + (text.length * 7 + 4) / pixelsPerSecond
    return { ...window, text }
  })
  return {
    ...quiet,
    type: 'line',
    data: [],
    lineStyle: { color: ink.fault },
    markArea: {
      ...quiet,
      itemStyle: { color: ink.fault, opacity: 0.14, borderColor: ink.fault },
      data: labelled.map(({ fromS: from, toS: to }) => [{ xAxis: from }, { xAxis: to }]),
    },
    markLine: {
      ...quiet,
      symbol: 'none',
      lineStyle: { color: ink.fault, width: 1.5, type: 'solid' },
      label: { color: ink.fault, fontSize: 12, fontWeight: 'bold', align: 'left', textBorderWidth: 0 },
      data: labelled.map(({ fromS: from, text }) => ({ xAxis: from, label: { formatter: () => text } })),
    },
  }
}

/** One row each for what was lost, what came twice and what is stuck, where in time it was emitted. */
function lanesSeries({ marks }: ChartModel): CustomSeriesOption {
  const heights: Readonly<Record<Lane, number>> = { lost: 16, duplicated: 8, stranded: 12 }
  return {
    silent: true,
    type: 'custom',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: marks.map(({ lane, fromS, toS }) => [fromS, lanes.indexOf(lane), toS]),
    renderItem(params, api) {
      const mark = marks[params.dataIndex]
      const [left = 0, middle = 0] = api.coord([api.value(0), api.value(1)])
      const [right = 0] = api.coord([api.value(2), api.value(1)])
      const lane = mark?.lane ?? 'lost'
      const height = heights[lane]
      // A single line is a moment; it has to be seen all the same.
      const shape = { x: left - 1, y: middle - height / 2, width: Math.max(3, right - left), height }
      // Stranded is outlined: told apart without colour as well.
      const outlined = { fill: 'none', stroke: ink[lane], lineWidth: 2 }
      return { type: 'rect', shape, style: lane === 'stranded' ? outlined : { fill: ink[lane] } }
    },
  }
}

function formatSeconds(seconds: number): string {
  return seconds.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

function formatCompact(count: number): string {
  return count < 100_000 ? formatCount(count) : compact.format(count)
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

function finish(svg: string, label: string, idPrefix: string): string {
  const colored = Object.entries(ink).reduce(
    (text, [name, color]) => text.replaceAll(color, `var(--${name})`),
    svg,
  )
  return (
    colored
      .replace(/<style\s*>.*?<\/style>/gs, '')
      .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
      // echarts numbers its charts through; the page must not depend on how many were drawn before.
      .replace(/\bzr\d+-/g, `${idPrefix}-`)
      .replace(/ (?:xmlns(?::\w+)?|baseProfile|version)="[^"]*"/g, '')
      .replace(/^<svg /, `<svg role="img" aria-label="${label}" `)
  )
}
