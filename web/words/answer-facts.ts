/** How journal and history name what happens to a report and to a critical finding. */
export const answerFacts = {
  fr: {
    'fact.report-drafted': 'Compte rendu commencé',
    'fact.report-signed': 'Compte rendu signé',
    'fact.report-delivered': 'Compte rendu remis',
    'fact.report-shared': 'Compte rendu transmis par lien',
    'fact.template-changed': 'Modèle de compte rendu modifié',
    'fact.template-archived': 'Modèle de compte rendu retiré',
    'fact.critical-raised': 'Résultat critique signalé',
    'fact.critical-called': 'Résultat critique : appel noté',
    'fact.critical-acknowledged': 'Résultat critique accusé avec relecture',
    'fact.critical-closed': 'Résultat critique clos',
  },
  en: {
    'fact.report-drafted': 'Report begun',
    'fact.report-signed': 'Report signed',
    'fact.report-delivered': 'Report delivered',
    'fact.report-shared': 'Report given by link',
    'fact.template-changed': 'Report template changed',
    'fact.template-archived': 'Report template archived',
    'fact.critical-raised': 'Critical finding raised',
    'fact.critical-called': 'Critical finding: call recorded',
    'fact.critical-acknowledged': 'Critical finding acknowledged with read-back',
    'fact.critical-closed': 'Critical finding closed',
  },
}
