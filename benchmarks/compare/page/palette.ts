/** The colours of plots, for light and dark pages. draw.mjs replaces each light colour in the drawing, so each must be unique. */
export const PALETTE = {
  background: { light: '#fefefe', dark: '#0d1117' },
  text: { light: '#1f2328', dark: '#f0f6fc' },
  muted: { light: '#59636e', dark: '#9198a1' },
  grid: { light: '#d1d9e0', dark: '#3d444d' },
  ours: { light: '#0969da', dark: '#4493f8' },
  oursPale: { light: '#8ec1f7', dark: '#1f4f8f' },
  peer: { light: '#818b98', dark: '#848d97' },
  peerPale: { light: '#c8cfd6', dark: '#464e57' },
} as const

/** The colours of the lines of peers. The lines of Escapement have the colour `ours`. */
export const LINES = [
  { light: '#9a6700', dark: '#d29922' },
  { light: '#1a7f37', dark: '#3fb950' },
  { light: '#8250df', dark: '#a371f7' },
  { light: '#cf222e', dark: '#f85149' },
  { light: '#57606b', dark: '#8b949e' },
] as const

export const COLOURS: readonly { readonly light: string; readonly dark: string }[] = [
  ...Object.values(PALETTE),
  ...LINES,
]

export const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'
