import { z } from 'zod'
import { allows } from '../accounts/permissions.js'
import type { RejectedReference } from '../dicom/format/rejection-note.js'
import { fail } from '../errors.js'
import type { Acting } from '../http/acting.js'
import { listOf } from '../http/answer.js'
import { type Route, route } from '../http/route.js'
import type { Rejection } from '../studies/rejections.js'
import type { StoredInstance, Studies } from '../studies/studies.js'
import type { Rejecting } from './rejecting.js'
import { rejectionAnswer, rejectionCode, rejectionView } from './rejection-views.js'

const uid = z.string().regex(/^[0-9.]{1,64}$/)
/** Images withdrawn from a study (IHE RAD IOCM), over HTTP. */
export function rejectionRoutes(options: { studies: Studies; rejecting: Rejecting }): Route[] {
  const { studies, rejecting } = options
  const { rejections } = rejecting

  const viewOf = async (rejection: Rejection & { instances: number }, mayDecide: boolean) =>
    rejectionView(rejection, await rejecting.holders(rejection.id), mayDecide)

  const mayDecide = async (study: { id: string; site: string }, who: Acting) =>
    allows(who, 'study.reject', await studies.standing(study.id, study.site))

  const viewsOf = async (study: { id: string; site: string }, who: Acting) => {
    const may = await mayDecide(study, who)
    return Promise.all((await rejections.ofStudy(study.id)).map(each => viewOf(each, may)))
  }

  return [
    route({
      method: 'GET',
      path: '/api/studies/:uid/rejections',
      summary: 'What was withdrawn from a study, why, by whom, and where the notes about it stand.',
      action: 'study.see',
      params: z.object({ uid }),
      answer: listOf(rejectionAnswer),
      run: async ({ params, who }) => {
        const study = await studies.seen(params.uid, who, 'study.see')
        return { items: await viewsOf(study, who) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/studies/:uid/rejections',
      summary:
        'Withdraws images of a study, or all of it, with a reason; the note goes to everyone who holds them.',
      action: 'study.reject',
      params: z.object({ uid }),
      body: z.object({
        code: rejectionCode,
        text: z.string().trim().min(1).max(500),
        series: z.array(uid).min(1).max(1000).optional(),
        instances: z.array(uid).min(1).max(10_000).optional(),
      }),
      answer: rejectionAnswer,
      status: 201,
      run: async ({ params, body, who, origin }) => {
        const study = await studies.seen(params.uid, who, 'study.reject')
        const chosen = (await studies.instances(study.id)).filter(
          each => isToBeWithdrawn(each) && isChosen(each, body),
        )
        if (chosen.length === 0)
          fail('conflict', {
            fr: 'Aucune de ces images ne peut être retirée.',
            en: 'None of these images can be withdrawn.',
          })
        const id = await rejecting.reject(
          {
            study,
            references: chosen.map(each => referenceTo(each, study.uid)),
            code: body.code,
            text: body.text,
            byName: who.account.name,
          },
          origin,
        )
        const made = (await viewsOf(study, who)).find(each => each.id === id)
        return made ?? fail('internal', 'The rejection is not where it was put.')
      },
    }),
    route({
      method: 'POST',
      path: '/api/rejections/:id/done',
      summary: 'Says that the images were withdrawn by hand at a PACS that does not take the note.',
      action: 'study.reject',
      params: z.object({ id: z.string().max(64) }),
      body: z.object({ peer: z.string().trim().min(1).max(64) }),
      answer: rejectionAnswer,
      run: async ({ params, body, who, origin }) => {
        const rejection = (await rejections.find(params.id)) ?? fail('missing', 'There is no such rejection.')
        const study = { id: rejection.study, site: rejection.site }
        if (!(await mayDecide(study, who))) fail('missing', 'There is no such rejection.')
        await rejecting.done(rejection.id, body.peer, who.account.name, origin)
        const view = (await viewsOf(study, who)).find(each => each.id === rejection.id)
        return view ?? fail('internal', 'The rejection is not where it was.')
      },
    }),
  ]
}

/** What we made ourselves is no image, and what is withdrawn stays so. */
function isToBeWithdrawn(instance: StoredInstance): boolean {
  return !instance.madeHere && !instance.withdrawn && !instance.isNote
}

function isChosen(
  instance: StoredInstance,
  { series, instances }: { series?: string[] | undefined; instances?: string[] | undefined },
): boolean {
  if (series === undefined && instances === undefined) return true
  return (series?.includes(instance.seriesUID) ?? false) || (instances?.includes(instance.uid) ?? false)
}

function referenceTo(instance: StoredInstance, StudyInstanceUID: string): RejectedReference {
  return {
    StudyInstanceUID,
    SeriesInstanceUID: instance.seriesUID,
    sopClassUID: instance.sopClassUID,
    sopInstanceUID: instance.uid,
  }
}
