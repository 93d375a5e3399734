/** Where the viewer's one-key lines (a measurement, a region) land: the findings, without taking the keyboard from the images. */
export interface Insertion {
  /** A line of its own where the caret is, else at the end. */
  insert(text: string): void
}
