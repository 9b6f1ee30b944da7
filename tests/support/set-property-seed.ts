// Property tests try the same values in every run, so that none fails by chance. Set FC_SEED to try others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_129) });
