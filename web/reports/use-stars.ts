import type { KeyImageView, ReportView } from '../../node/reports/view.js'
import { useAct } from '../api/data.js'
import { useToasts } from '../parts/Toast.js'
import type { Stars } from '../viewer/Viewer.js'

interface Wanted {
  image: Pick<KeyImageView, 'StudyInstanceUID' | 'SOPInstanceUID' | 'frame' | 'window'>
  marked: boolean
}

/** A window of whole numbers below this says too little of what was seen: the image's own is taken. */
const NARROW = 8

/** Marks key images of a report; what the node holds is what is shown. */
export function useStars(report: ReportView): {
  stars: Stars | undefined
  remove: ((image: KeyImageView) => void) | undefined
} {
  const { trouble } = useToasts()
  const act = useAct<ReportView, Wanted>(
    ({ image, marked }) =>
      marked
        ? { method: 'POST', path: `/api/reports/${report.id}/key-images`, body: image }
        : {
            method: 'DELETE',
            path: `/api/reports/${report.id}/key-images/${image.SOPInstanceUID}${image.frame === undefined ? '' : `?frame=${image.frame}`}`,
          },
    { refresh: [['reports', report.id]], onProblem: problem => trouble(problem) },
  )
  if (!report.may.includes('edit')) return { stars: undefined, remove: undefined }
  const has: Stars['has'] = ({ SOPInstanceUID, frame }) =>
    report.keyImages.some(one => one.SOPInstanceUID === SOPInstanceUID && (one.frame ?? 1) === frame)
  return {
    stars: {
      has,
      toggle: (frame, StudyInstanceUID, window) => {
        const { SOPInstanceUID } = frame
        const image = { StudyInstanceUID, SOPInstanceUID, frame: frame.frame }
        act.mutate({
          image: window && window.width >= NARROW ? { ...image, window } : image,
          marked: !has(frame),
        })
      },
    },
    remove: image => act.mutate({ image, marked: false }),
  }
}
