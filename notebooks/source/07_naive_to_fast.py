# %% [markdown]
# # 07 Naive to fast
