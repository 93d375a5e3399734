import { isoAt } from '../../clock.js'
import type { Tx } from '../../database.js'
import { fail } from '../../errors.js'
import type { Acting } from '../../http/acting.js'
import type { Asker } from '../../requests/ports.js'
import type { ListView } from '../../requests/view.js'
import type { ReportsDeps } from '../deps.js'
import type { Known } from '../room.js'
import type { ReportTables } from '../schema.js'
import type { FittingTemplatesView, TemplateContent, TemplateVersionView, TemplateView } from '../view.js'
import { missingTemplateWords, otherTemplateWords } from '../words.js'
import { BLOCKS_EN, STARTERS_EN } from './starter-en.js'
import { BLOCKS_FR, STARTERS_FR } from './starter-fr.js'
import { type FieldValues, filled, filledSections, fitOf, knownFields } from './template.js'

export interface Templates {
  /** Those of the person's own group, and what was delivered where the group keeps none in its place. */
  list(who: Acting): Promise<ListView<TemplateView>>
  /** Every text one of the group has had, the newest first. */
  versions(who: Acting, id: string): Promise<ListView<TemplateVersionView>>
  create(
    asker: Asker,
    made: { kind: TemplateView['kind']; replaces?: string | undefined; content: TemplateContent },
  ): Promise<TemplateView>
  /** Throws `conflict` where another revision came first. */
  change(asker: Asker, id: string, revision: number, content: TemplateContent): Promise<TemplateView>
  /**
   * Shown no more; its versions stay. Of one that stands for a delivered one, that one is there again. With `revision`:
   * that one and no later, else `conflict`.
   */
  archive(asker: Asker, id: string, revision?: number): Promise<void>
  /** For one exam, in the language of who writes. */
  fitting(
    who: Acting,
    exam: { modality: string; region: string; question: string; laterality?: string | undefined },
    known: Known,
  ): Promise<FittingTemplatesView>
}

const DELIVERED: readonly TemplateView[] = [
  ...[...STARTERS_FR, ...STARTERS_EN].map(
    (one): TemplateView => ({
      id: one.id,
      kind: 'report',
      revision: 0,
      language: one.language,
      title: one.title,
      modalities: [...one.modalities],
      regions: [...one.regions],
      sections: one.sections,
    }),
  ),
  ...[...BLOCKS_FR, ...BLOCKS_EN].map(
    (one): TemplateView => ({
      id: one.id,
      kind: 'block',
      revision: 0,
      language: one.language,
      title: one.title,
      modalities: [],
      regions: [],
      shortcut: one.shortcut,
      text: one.text,
    }),
  ),
]

export function openTemplates({
  db,
  clock,
  ids,
  journal,
}: Pick<ReportsDeps, 'db' | 'clock' | 'ids' | 'journal'>): Templates {
  async function own(site: string): Promise<TemplateView[]> {
    const rows = await db
      .sql<ReportTables>()
      .selectFrom('report_templates as t')
      .innerJoin('report_template_versions as v', join =>
        join.onRef('v.template', '=', 't.id').onRef('v.revision', '=', 't.revision'),
      )
      .select(['t.id', 't.kind', 't.replaces', 't.revision', 'v.content', 'v.at', 'v.by_name'])
      .where('site', '=', site)
      .where('archived_at', 'is', null)
      .orderBy('t.id')
      .execute()
    return rows.map(row => ({
      id: row.id,
      kind: row.kind,
      revision: row.revision,
      ...(row.replaces === null ? {} : { replaces: row.replaces }),
      changedAt: isoAt(row.at),
      changedBy: row.by_name,
      ...(JSON.parse(row.content) as TemplateContent),
    }))
  }

  const list: Templates['list'] = async ({ membership }) => {
    const kept = await own(membership.site)
    const replaced = new Set(kept.map(({ replaces }) => replaces))
    return { items: [...kept, ...DELIVERED.filter(({ id }) => !replaced.has(id))] }
  }

  async function one(who: Acting, id: string): Promise<TemplateView> {
    const found = (await own(who.membership.site)).find(template => template.id === id)
    return found ?? fail('missing', missingTemplateWords(who.account.language))
  }

  async function isReplaced(tx: Tx, site: string, delivered: string): Promise<boolean> {
    const found = await tx
      .sql<ReportTables>()
      .selectFrom('report_templates')
      .select('id')
      .where('site', '=', site)
      .where('replaces', '=', delivered)
      .where('archived_at', 'is', null)
      .executeTakeFirst()
    return found !== undefined
  }

  async function write(
    tx: Tx,
    { who, origin }: Asker,
    template: { id: string; revision: number; kind: TemplateView['kind'] },
    content: TemplateContent,
  ): Promise<void> {
    await tx
      .sql<ReportTables>()
      .insertInto('report_template_versions')
      .values({
        template: template.id,
        revision: template.revision,
        content: JSON.stringify(content),
        at: clock.now(),
        by: who.account.id,
        by_name: who.account.name,
      })
      .execute()
    await journal.append(
      tx,
      {
        type: 'template-changed',
        site: who.membership.site,
        ids: { template: template.id },
        body: { kind: template.kind, revision: template.revision, title: content.title },
      },
      origin,
    )
  }

  return {
    list,
    versions: async (who, id) => {
      const { id: template } = await one(who, id)
      const rows = await db
        .sql<ReportTables>()
        .selectFrom('report_template_versions')
        .select(['revision', 'content', 'at', 'by_name'])
        .where('template', '=', template)
        .orderBy('revision', 'desc')
        .execute()
      return {
        items: rows.map(({ revision, content, at, by_name }) => ({
          revision,
          at: isoAt(at),
          by: by_name,
          ...(JSON.parse(content) as TemplateContent),
        })),
      }
    },
    create: async (asker, { kind, replaces, content }) => {
      const { who } = asker
      const id = ids.next('tpl')
      if (replaces !== undefined && !DELIVERED.some(one => one.id === replaces && one.kind === kind))
        fail('missing', missingTemplateWords(who.account.language))
      await db.write(async tx => {
        // Two who adapt the same one at a time: the second sees the first one's before they write over it.
        if (replaces !== undefined && (await isReplaced(tx, who.membership.site, replaces)))
          fail('conflict', otherTemplateWords(who.account.language))
        await tx
          .sql<ReportTables>()
          .insertInto('report_templates')
          .values({
            id,
            site: who.membership.site,
            kind,
            replaces: replaces ?? null,
            revision: 1,
            archived_at: null,
          })
          .execute()
        await write(tx, asker, { id, revision: 1, kind }, content)
      })
      return one(who, id)
    },
    change: async (asker, id, revision, content) => {
      const { who } = asker
      const { kind } = await one(who, id)
      await db.write(async tx => {
        const moved = await tx
          .sql<ReportTables>()
          .updateTable('report_templates')
          .set({ revision: revision + 1 })
          .where('id', '=', id)
          .where('revision', '=', revision)
          .where('archived_at', 'is', null)
          .executeTakeFirst()
        if (moved.numUpdatedRows === 0n) fail('conflict', otherTemplateWords(who.account.language))
        await write(tx, asker, { id, revision: revision + 1, kind }, content)
      })
      return one(who, id)
    },
    archive: async (asker, id, revision) => {
      const { who, origin } = asker
      await one(who, id)
      await db.write(async tx => {
        const { numUpdatedRows } = await tx
          .sql<ReportTables>()
          .updateTable('report_templates')
          .set({ archived_at: clock.now() })
          .where('id', '=', id)
          .where('archived_at', 'is', null)
          .$if(revision !== undefined, known => known.where('revision', '=', revision ?? 0))
          .executeTakeFirst()
        if (numUpdatedRows === 0n) fail('conflict', otherTemplateWords(who.account.language))
        await journal.append(
          tx,
          { type: 'template-archived', site: who.membership.site, ids: { template: id }, body: {} },
          origin,
        )
      })
    },
    fitting: async (who, exam, { facts: images, said }) => {
      const { language } = who.account
      const { items } = await list(who)
      const values: FieldValues = { question: exam.question, laterality: exam.laterality, images }
      const mine = items.filter(one => one.language === language)
      const reports = mine
        .flatMap(one => {
          const fits = fitOf(one, exam)
          return one.kind === 'report' && one.sections !== undefined && fits > 0
            ? [{ one, fits, sections: filledSections(one.sections, values, language) }]
            : []
        })
        // The group's own before what was delivered.
        .sort((a, b) => b.fits - a.fits || Number(b.one.revision > 0) - Number(a.one.revision > 0))
      return {
        fields: knownFields(values, said, language),
        reports: reports.map(({ one, fits, sections }) => ({
          id: one.id,
          title: one.title,
          sections,
          fits: fits === 2,
        })),
        blocks: mine.flatMap(one =>
          one.kind === 'block' && one.shortcut !== undefined && one.text !== undefined
            ? [
                {
                  id: one.id,
                  title: one.title,
                  shortcut: one.shortcut,
                  text: filled(one.text, values, language),
                },
              ]
            : [],
        ),
      }
    },
  }
}
