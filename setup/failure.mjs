/** What the user must mend: a message, what to do, and a command to paste. */
export class SetupFailure extends Error {
  constructor(message, { hint, command } = {}) {
    super(message)
    this.hint = hint
    this.command = command
  }
}
