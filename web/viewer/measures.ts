/**
 * The measures of a study as they outlive the page: what they lie on and where, never what they are worth. That is
 * measured anew on the images themselves when they are drawn again.
 */
import { eventTarget, getRenderingEngines } from '@cornerstonejs/core'
import { annotation, EllipticalROITool, LengthTool, Enums as ToolEnums } from '@cornerstonejs/tools'
import { onForget } from '../api/forget.js'
import { seriesPath } from './pictures.js'

type Point = [number, number, number]

export interface KeptMeasure {
  id: string
  tool: string
  imageId: string
  frameOfReference?: string
  normal?: Point
  up?: Point
  /** In the patient's space, mm. */
  points: Point[]
}

const TOOLS = [LengthTool.toolName, EllipticalROITool.toolName]
const CHANGES = [
  ToolEnums.Events.ANNOTATION_COMPLETED,
  ToolEnums.Events.ANNOTATION_MODIFIED,
  ToolEnums.Events.ANNOTATION_REMOVED,
]

/** Another person comes: their measures leave this page's memory, and stay where they are kept. */
let leaving = false
onForget(() => {
  leaving = true
  annotation.state.removeAllAnnotations()
  leaving = false
})

const point = ([x = 0, y = 0, z = 0]: ArrayLike<number> & Iterable<number>): Point => [x, y, z]

/** All that is drawn on the images of a study. */
export function measuresOf(study: string): KeptMeasure[] {
  const images = `wadors:${seriesPath(study)}/`
  return annotation.state.getAllAnnotations().flatMap(({ annotationUID, metadata, data }) => {
    const points = data?.handles?.points
    if (!annotationUID || !points || !metadata || !TOOLS.includes(metadata.toolName)) return []
    const { referencedImageId: imageId, FrameOfReferenceUID, viewPlaneNormal, viewUp } = metadata
    if (!imageId?.startsWith(images)) return []
    return [
      {
        id: annotationUID,
        tool: metadata.toolName,
        imageId,
        ...(FrameOfReferenceUID ? { frameOfReference: FrameOfReferenceUID } : {}),
        ...(viewPlaneNormal ? { normal: point(viewPlaneNormal) } : {}),
        ...(viewUp ? { up: point(viewUp) } : {}),
        points: points.map(point),
      },
    ]
  })
}

/** Draws again what was kept and is not here. */
export function drawAgain(kept: readonly KeptMeasure[]): void {
  const missing = kept.filter(({ id, tool }) => TOOLS.includes(tool) && !annotation.state.getAnnotation(id))
  for (const { id, tool, imageId, frameOfReference, normal, up, points } of missing)
    annotation.state.addAnnotation(
      {
        annotationUID: id,
        highlighted: false,
        invalidated: false,
        isLocked: false,
        isVisible: true,
        metadata: {
          toolName: tool,
          referencedImageId: imageId,
          FrameOfReferenceUID: frameOfReference,
          viewPlaneNormal: normal,
          viewUp: up,
        },
        data: {
          label: '',
          cachedStats: {},
          handles: {
            points,
            activeHandleIndex: null,
            textBox: {
              hasMoved: false,
              worldPosition: [0, 0, 0],
              worldBoundingBox: {
                topLeft: [0, 0, 0],
                topRight: [0, 0, 0],
                bottomLeft: [0, 0, 0],
                bottomRight: [0, 0, 0],
              },
            },
          },
        },
      } as never,
      undefined as never,
    )
  if (missing.length > 0) for (const engine of getRenderingEngines() ?? []) engine.render()
}

/** Tells of each measure that is drawn, changed or taken away; gives the way to stop it. */
export function onMeasured(tell: () => void): () => void {
  const told = () => {
    if (!leaving) tell()
  }
  for (const name of CHANGES) eventTarget.addEventListener(name, told)
  return () => {
    for (const name of CHANGES) eventTarget.removeEventListener(name, told)
  }
}
