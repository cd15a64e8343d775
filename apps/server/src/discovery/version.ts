/** `/version`: which Kubernetes API this behaves like, which is what kubectl compares itself with. */
export const versionDocument = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+margay',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
}
