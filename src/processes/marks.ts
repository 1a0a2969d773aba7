/**
 * Environment variables that everything gapless starts bears. They identify a process that was started and not yet
 * registered when gapless was killed, and one that has left its parent, group and session.
 */
export const runMark = 'GAPLESS_RUN_ID'
export const podMark = 'GAPLESS_POD'
export const containerMark = 'GAPLESS_CONTAINER'
