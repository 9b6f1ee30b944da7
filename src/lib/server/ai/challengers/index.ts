export { promoteChallenger, setChallenger, stopTrial, undoPromotion } from './change-trial.ts';
export { getTrial, listSitesWithTrial as listSitesOnTrial } from './trial.ts';
