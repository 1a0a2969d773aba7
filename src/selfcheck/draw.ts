import { drawInt, randomOfLine, type Random } from '../workload/random.js'
import { createPlanter, type Planter, type Surroundings } from './planter.js'
import { cutInBuffer, inBuffer, type Plant } from './plant.js'

/** How often each kind is planted in a run that has room for all of it. */
const rounds = 5
/** How many lines are looked at for a place; more of them make it no more random. */
const poolSize = 3000

/** Draws what is planted, and where, from the run's seed. The fewer lines there are, the less is planted. */
export function drawPlants(surroundings: Surroundings, seed: number): Plant[] {
  const random = randomOfLine(seed, 0)
  const planter = createPlanter(surroundings, random, drawPool(surroundings, random))
  const plants: Plant[] = []
  for (let round = 0; round < rounds; round++) {
    for (const draw of [...defectDraws, ...stationDraws]) {
      const drawn = draw(planter, round)
      if (drawn) plants.push(drawn)
    }
  }
  return plants
}

type Draw = (planter: Planter, round: number) => Plant | undefined

const defectDraws: readonly Draw[] = [
  (planter, round) => planter.loss(round),
  (planter, round) => planter.duplication(round),
  (planter) => planter.reordering(),
  (planter) => planter.corruption(),
  (planter, round) => planter.truncation(round),
]

const stationDraws: readonly Draw[] = [
  (planter) => planter.lostBeforeLog(),
  (planter) => planter.lostBeforeForwarder(),
  (planter) => planter.lostBeforeWire(),
  (planter) => planter.lostBehindWire('unacknowledged'),
  (planter) => planter.lostBehindWire('acknowledged'),
  (planter) => planter.inState(inBuffer),
  (planter) => planter.inState(cutInBuffer),
]

/** Indices of clean lines in an order drawn at random. */
function drawPool({ lines }: Surroundings, random: Random): number[] {
  const all = lines.length <= poolSize
  const indices = Array.from({ length: Math.min(lines.length, poolSize) }, (_, index) =>
    all ? index : drawInt(random, 0, lines.length - 1),
  )
  const pool = [...new Set(indices)].filter((index) => lines[index]?.clean)
  for (let last = pool.length - 1; last > 0; last--) {
    const other = drawInt(random, 0, last)
    const moved = pool[last] ?? 0
    pool[last] = pool[other] ?? 0
    pool[other] = moved
  }
  return pool
}
