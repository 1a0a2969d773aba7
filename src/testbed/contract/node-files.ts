/** A regular file on a node's disk. */
export interface NodeFile {
  /** As `NodeFiles` takes it. */
  readonly path: string
  readonly bytes: number
  readonly inode: number
}

/** Reads what is on a node's disk from outside of its pods, whether or not anything runs there. */
export interface NodeFiles {
  /**
   * Regular files below a directory, sorted by path; [] where there is none. Symlinks are not followed, unless
   * `follow` is asked for: then they count as what they lead to.
   */
  list(directory: string, options?: { readonly follow?: boolean }): Promise<readonly NodeFile[]>
  /** The text of a small file; undefined where there is none. */
  read(path: string): Promise<string | undefined>
  /**
   * Copies files to this machine, byte for byte; what is gone by then is left out. `settled`: nothing writes to them
   * for now, and where that is cheaper a second name for them will do.
   */
  copy(
    files: readonly { readonly from: string; readonly to: string }[],
    options?: { readonly settled?: boolean },
  ): Promise<void>
}
