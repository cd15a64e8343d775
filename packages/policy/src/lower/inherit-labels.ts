/** Its own labels win over inherited ones, and earlier profiles over later ones. Source: spec/api.md 3.4. */
export function inheritLabels(
  own: Readonly<Record<string, string>>,
  profiles: readonly Readonly<Record<string, string>>[],
): ReadonlyMap<string, string> {
  const labels = new Map(Object.entries(own))
  for (const [label, value] of profiles.flatMap(Object.entries<string>)) {
    if (!labels.has(label)) labels.set(label, value)
  }
  return labels
}
