/** Whether node_modules of the checkout `root` is whole and made from its package-lock.json. */
export function packagesAreInstalled(root: string): boolean
