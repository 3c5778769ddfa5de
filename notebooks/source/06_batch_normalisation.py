# %% [markdown]
# # 06 Batch normalisation
