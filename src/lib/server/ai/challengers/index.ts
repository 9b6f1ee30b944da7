export { promoteChallenger, setChallenger, stopTrial, undoPromotion } from './change-trial.ts';
export { getTrial, listSitesOnTrial } from './trial.ts';
