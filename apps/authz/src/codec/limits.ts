/** What a check may hold. Envoy by itself lets a request have 100 headers and 60 KiB of them. */
export const limits = {
  messageBytes: 256 * 1024,
  /** Fields, also those of one name. */
  headers: 256,
  /** With its query. */
  pathBytes: 16 * 1024,
  /** Context extensions, namespaces of metadata, and texts in them, taken together. */
  metadataEntries: 1024,
} as const
