import { drawInt, randomOfLine, type Random } from '../workload/random.js'
import { defectDraws } from './defects.js'
import { createForetelling } from './foretell.js'
import { type Plant } from './plant.js'
import { createPlaces, type Surroundings } from './places.js'
import { stationDraws } from './stations.js'

/** How often each kind is planted in a run that has room for all of it. */
const rounds = 5
/** How many lines are looked at for a place; more of them make it no more random. */
const poolSize = 3000

/** Draws what is planted, and where, from the run's seed. The fewer lines there are, the less is planted. */
export function drawPlants(surroundings: Surroundings, seed: number): Plant[] {
  const random = randomOfLine(seed, 0)
  const places = createPlaces(surroundings, drawPool(surroundings, random))
  const foretelling = createForetelling(surroundings)
  return Array.from({ length: rounds }, (_, round) =>
    [...defectDraws, ...stationDraws].flatMap(
      (draw) => draw({ surroundings, places, foretelling, random, round }) ?? [],
    ),
  ).flat()
}

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
