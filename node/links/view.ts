/** What leaves the server about a link; never its secret. */
export interface LinkOpeningView {
  at: string
  /** The machine it was opened from. */
  address: string
  /** What the browser calls itself, cut. */
  userAgent: string
}
